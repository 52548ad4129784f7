import type { Problem } from './failures.ts';
import type { Plan } from './plan.ts';
import type { ManifestObject } from './manifest-object.ts';
import { annotationsOf, dig, listOf, refuse, show, textsOf } from './manifest-object.ts';

/** Annotations that would reach beyond the preview: the same list as the admission policy's. */
const refusedAnnotations =
  /^(nginx\.ingress\.kubernetes\.io\/(server-alias|.*-snippet|.*-snippets|auth-url|auth-signin|permanent-redirect|temporal-redirect|upstream-vhost|mirror-target|canary.*)|external-dns\.alpha\.kubernetes\.io\/.*|cert-manager\.io\/.*|kubernetes\.io\/(tls-acme|ingress\.class)|traefik\..*)$/;

/** Annotations of ingress-nginx whose value may be an object of any namespace. */
const referringAnnotations =
  /^nginx\.ingress\.kubernetes\.io\/(.*-secret|.*-configmap|auth-proxy-set-headers)$/;

/** What an Ingress of a preview must not claim, and what it must carry. */
export function ingressProblems(object: ManifestObject, plan: Plan): Problem[] {
  if (object.kind !== 'Ingress') return [];
  return [
    ...hostMessages(object, plan),
    ...annotationMessages(object, plan),
    ...classMessages(object, plan),
  ].map((message) => refuse(object, message));
}

/** What a Service of a preview must not be. */
export function serviceProblems(object: ManifestObject): Problem[] {
  if (object.kind !== 'Service') return [];
  const messages: string[] = [];
  const type = dig(object, 'spec', 'type') ?? 'ClusterIP';
  if (type !== 'ClusterIP')
    messages.push(
      `Its type is ${show(type)}; a preview's Service must be \`ClusterIP\`. Set the chart's service type.`,
    );
  if (textsOf(dig(object, 'spec', 'externalIPs')).length > 0)
    messages.push("A preview's Service may have no `externalIPs`.");
  for (const key of Object.keys(annotationsOf(object)))
    if (key.startsWith('external-dns.alpha.kubernetes.io/'))
      messages.push(`The annotation \`${key}\` may not stand in a preview. Remove it.`);
  return messages.map((message) => refuse(object, message));
}

function hostMessages(object: ManifestObject, plan: Plan): string[] {
  const allowed = Object.values(plan.names.hosts);
  const own =
    allowed.length === 0
      ? 'this preview has no host'
      : `this preview may use only ${allowed.map((host) => `\`${host}\``).join(', ')}`;
  const rules = listOf(dig(object, 'spec', 'rules'));
  const messages: string[] = [];
  if (rules.length === 0) messages.push(`It has no rules and would serve every host; ${own}.`);
  for (const { host } of rules) {
    if (typeof host !== 'string' || host === '')
      messages.push(`A rule without a host would serve every host; ${own}.`);
    else if (!allowed.includes(host))
      messages.push(
        `It claims the host \`${host}\`; ${own}. Set it in the values by \`{{ hosts.<service> }}\`.`,
      );
  }
  for (const host of listOf(dig(object, 'spec', 'tls')).flatMap((entry) => textsOf(entry['hosts'])))
    if (!allowed.includes(host)) messages.push(`Its \`tls\` names the host \`${host}\`; ${own}.`);
  if (dig(object, 'spec', 'defaultBackend') !== undefined)
    messages.push('`defaultBackend` would serve every host. Remove it.');
  return [...new Set(messages)];
}

function annotationMessages(object: ManifestObject, plan: Plan): string[] {
  const annotations = annotationsOf(object);
  const required = plan.ingressAnnotations;
  const messages = Object.entries(required).flatMap(([key, value]) =>
    annotations[key] === value
      ? []
      : [
          `The platform demands the annotation \`${key}: ${value}\`${found(annotations[key])}. Put \`<<: "{{ ingress.annotations }}"\` into the chart's Ingress annotations.`,
        ],
  );
  for (const [key, value] of Object.entries(annotations)) {
    if (Object.hasOwn(required, key)) continue;
    if (refusedAnnotations.test(key))
      messages.push(
        `The annotation \`${key}\` may not stand in a preview. Remove it, or set it to null in the values.`,
      );
    else if (
      referringAnnotations.test(key) &&
      typeof value === 'string' &&
      value.includes('/') &&
      !value.startsWith(`${plan.names.namespace}/`)
    )
      messages.push(`The annotation \`${key}\` refers to \`${value}\`, outside the preview's namespace.`);
  }
  return messages;
}

function classMessages(object: ManifestObject, { ingressClassName }: Plan): string[] {
  const found = dig(object, 'spec', 'ingressClassName');
  if (ingressClassName === null || found === ingressClassName) return [];
  return [
    `The platform's ingress class is \`${ingressClassName}\`, found ${found === undefined || found === null ? 'none' : show(found)}. Set the chart's ingress class.`,
  ];
}

function found(value: unknown): string {
  return value === undefined ? '' : `, found ${show(value)}`;
}
