import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { ask } from '../http.ts';

const REPOSITORY = 'pr-preview/pause';
const TAG = '1';
const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** The image of a pod's sandbox, as it is named in our own registry. */
export function pauseImageName(registry: string): string {
  return `${registry}/${REPOSITORY}:${TAG}`;
}

/**
 * Puts the image of a pod's sandbox into the registry, if it is not there: one program that waits for ever.
 *
 * @param folder For files made meanwhile.
 */
export async function pushPauseImage(registry: string, folder: string): Promise<void> {
  const base = `http://${registry}/v2/${REPOSITORY}`;
  const there = await ask(`${base}/manifests/${TAG}`, { method: 'HEAD', headers: { accept: IMAGE_MANIFEST } });
  if (there.status === 200) return;
  const layer = await createLayer(join(folder, 'pause'));
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { User: '65535:65535', Entrypoint: ['/pause'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  });
  await pushBlob(base, layer);
  await pushBlob(base, Buffer.from(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: describe(Buffer.from(config), IMAGE_CONFIG),
    layers: [describe(layer, LAYER)],
  };
  await send(`${base}/manifests/${TAG}`, { type: IMAGE_MANIFEST, body: Buffer.from(JSON.stringify(manifest)) });
}

async function createLayer(folder: string): Promise<Buffer> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'pause'), pauseProgram(), { mode: 0o755 });
  const file = join(folder, 'layer.tar');
  await create({ file, cwd: folder, portable: true, mtime: new Date(0) }, ['pause']);
  const layer = await readFile(file);
  await rm(folder, { recursive: true });
  return layer;
}

/**
 * A whole x86-64 program of 129 bytes, so that no compiler is needed: an ELF header, one segment, and a loop
 * around the system call pause(2).
 */
function pauseProgram(): Buffer {
  const headers = 64 + 56;
  const loadAddress = 0x400000n;
  const code = Buffer.from([0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]); // mov eax, 34; syscall; jmp to the start
  const program = Buffer.alloc(headers + code.length);
  program.write('\x7fELF\x02\x01\x01', 'latin1');
  program.writeUInt16LE(2, 16); // executable
  program.writeUInt16LE(62, 18); // x86-64
  program.writeUInt32LE(1, 20);
  program.writeBigUInt64LE(loadAddress + BigInt(headers), 24); // entry point
  program.writeBigUInt64LE(64n, 32); // program headers follow
  program.writeUInt16LE(64, 52);
  program.writeUInt16LE(56, 54);
  program.writeUInt16LE(1, 56);
  program.writeUInt32LE(1, 64); // a segment to load,
  program.writeUInt32LE(5, 68); // to read and execute
  program.writeBigUInt64LE(loadAddress, 80);
  program.writeBigUInt64LE(loadAddress, 88);
  program.writeBigUInt64LE(BigInt(program.length), 96);
  program.writeBigUInt64LE(BigInt(program.length), 104);
  program.writeBigUInt64LE(0x1000n, 112);
  code.copy(program, headers);
  return program;
}

async function pushBlob(base: string, blob: Buffer): Promise<void> {
  const response = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const location = response.headers.get('location');
  if (response.status !== 202 || location === null) throw new Error(`The registry answered ${response.status} to an upload.`);
  const url = new URL(location, base);
  url.searchParams.set('digest', digestOf(blob));
  await send(url.href, { type: 'application/octet-stream', body: blob });
}

async function send(url: string, content: { type: string; body: Buffer }): Promise<void> {
  const { status, body } = await ask(url, { method: 'PUT', headers: { 'content-type': content.type }, body: content.body });
  if (status !== 201) throw new Error(`The registry answered ${status} to PUT ${url}: ${body}`);
}

function describe(content: Buffer, mediaType: string): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digestOf(content), size: content.length };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
