import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { readOwnText } from '../lib/fs/files.ts';
import { readPlain } from '../lib/fs/read-file.ts';
import { stateFolder } from '../release/layout.ts';
import { fromReady, type ReadyTemplates, type TemplateSet } from '../release/release.ts';
import { Signature } from '../trust/signature.ts';
import type { ObjectParts, ReleaseObject, VerifiedSignature, WantedObject } from './object.ts';

/** `.proto/release/<digest>/`: a release object as it was verified, so that no later command needs the network for it. */

export const objectsFolder = `${stateFolder}/release`;

/** Below the installation. */
export function objectFolder(digest: string): string {
  return `${objectsFolder}/${digest.replace(':', '-')}`;
}

const names = {
  manifest: 'manifest.json',
  config: 'config.json',
  templates: 'templates.tar.gz',
  notes: 'notes.md',
} as const;
const signatureName = 'signature.json';
/** What is known of the templates without values. Only this program's version of it is used. */
const readyName = 'ready.json';

/** What is written of an object: its files by name. */
export function objectFiles(
  { parts }: ReleaseObject,
  { program, ready }: { readonly program: string; readonly ready: ReadyTemplates },
): ReadonlyMap<string, string | Uint8Array> {
  const { signature } = parts;
  const bytes = Object.entries(names).flatMap(([part, name]) => {
    const content = parts[part as keyof typeof names];
    return content === undefined ? [] : [[name, content] as const];
  });
  return new Map<string, string | Uint8Array>([
    ...bytes,
    ...(signature ? [[signatureName, JSON.stringify(signature)] as const] : []),
    [readyName, JSON.stringify({ program, ready })],
  ]);
}

/**
 * Reads the object of an installation.
 * @throws UserError RELEASE_DAMAGED if it is missing or was changed; PROGRAM_TOO_OLD
 */
export async function readObject(
  installation: string,
  wanted: WantedObject,
): Promise<ReleaseObject> {
  const folder = join(installation, objectFolder(wanted.digest));
  const read = (name: string) => readPlain(join(folder, name), { noLink: true });
  const optional = (name: string) => read(name).catch(() => undefined);
  try {
    const [manifest, config, templates] = await Promise.all(
      [names.manifest, names.config, names.templates].map(read),
    );
    const notes = await optional(names.notes);
    const signature = await readSignature(installation, wanted.digest);
    const parts = { manifest, config, templates, ...(notes && { notes }) } as ObjectParts;
    const { openObject } = await import('./object.ts');
    return await openObject({ ...parts, ...(signature && { signature }) }, wanted);
  } catch (error) {
    if (error instanceof UserError && error.code === 'PROGRAM_TOO_OLD') throw error;
    const why = error instanceof UserError ? error.message : 'A file is missing.';
    throw new UserError('RELEASE_DAMAGED', `${folder} is damaged. ${why}`, { cause: error });
  }
}

const Verified = z.object({
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  signature: Signature,
});

/** The signature that was verified when the release was installed; undefined if none was, or if it was damaged since. */
export async function readSignature(
  installation: string,
  digest: string,
): Promise<VerifiedSignature | undefined> {
  const path = join(installation, objectFolder(digest), signatureName);
  try {
    return Verified.safeParse(JSON.parse((await readOwnText(path)) ?? '')).data;
  } catch {
    return undefined;
  }
}

const Ready = z.object({ program: z.string(), ready: z.object({ release: z.looseObject({}) }) });

/** The templates of the object of an installation. @throws UserError as `readObject` */
export async function readObjectTemplates(
  installation: string,
  wanted: WantedObject,
): Promise<TemplateSet> {
  const path = join(installation, objectFolder(wanted.digest), readyName);
  const ready = readyIn(await readOwnText(path), wanted.program);
  return ready === undefined
    ? (await readObject(installation, wanted)).templates
    : fromReady(ready);
}

function readyIn(text: string | undefined, program: string): ReadyTemplates | undefined {
  try {
    const data = JSON.parse(text ?? '') as { program: string; ready: ReadyTemplates };
    return Ready.safeParse(data).success && data.program === program ? data.ready : undefined;
  } catch {
    return undefined;
  }
}
