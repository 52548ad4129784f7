import { describe, expect, it } from 'vitest';
import { LAST_INSTANCE, stackAddresses } from '../../local/addresses.ts';
import { subnetsOverlap } from '../../local/cluster/network.ts';

describe('addresses of a stack', () => {
  it('are the documented ones for the first instance', () => {
    const { hostIp, nodeIp, podCidr, serviceCidr, dnsServiceIp, ports } = stackAddresses();
    expect({ hostIp, nodeIp, podCidr, serviceCidr, dnsServiceIp }).toEqual({
      hostIp: '10.250.0.1',
      nodeIp: '10.250.0.2',
      podCidr: '10.244.0.0/24',
      serviceCidr: '10.96.0.0/16',
      dnsServiceIp: '10.96.0.10',
    });
    expect(ports).toMatchObject({
      api: 26443,
      registry: 25000,
      http: 18080,
      https: 18443,
      postgres: 25432,
      temporal: 27233,
    });
  });

  it('never meet those of another instance', () => {
    const all = Array.from({ length: LAST_INSTANCE + 1 }, (_, instance) => stackAddresses(instance));
    const ports = all.flatMap((addresses) => Object.values(addresses.ports));
    expect(new Set(ports).size).toBe(ports.length);
    const subnets = all.flatMap((one) => [
      `${one.hostIp}/24`,
      one.podCidr,
      one.simulatedPodCidr,
      one.serviceCidr,
    ]);
    for (const [index, subnet] of subnets.entries()) {
      for (const other of subnets.slice(index + 1))
        expect(subnetsOverlap(subnet, other), `${subnet} and ${other}`).toBe(false);
    }
    expect(Math.max(...all.map(({ hostInterface }) => hostInterface.length))).toBeLessThanOrEqual(15);
  });

  it.each([-1, 1.5, LAST_INSTANCE + 1, Number.NaN])('are refused for instance %s', (instance) => {
    expect(() => stackAddresses(instance)).toThrow(`from 0 to ${LAST_INSTANCE}`);
  });
});

describe('subnetsOverlap', () => {
  it.each([
    ['10.96.0.0/16', '10.96.0.10', true],
    ['10.96.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.244.0.0/24', true],
    ['10.244.0.0/24', '10.244.1.0/24', false],
    ['10.250.0.1/24', '10.250.0.0/24', true],
    ['10.250.0.1/24', '192.168.0.0/16', false],
    ['0.0.0.0/0', '203.0.113.7', true],
  ])('of %s and %s is %s', (one, other, expected) => {
    expect(subnetsOverlap(one, other)).toBe(expected);
    expect(subnetsOverlap(other, one)).toBe(expected);
  });
});
