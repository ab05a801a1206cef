import { descriptorOf, digestOf, ociManifest } from '../registry/manifest.ts';
import type { TemplateTexts } from '../release/load-templates.ts';
import type { ObjectParts } from './object.ts';
import { mediaTypes, type ObjectConfig, stringifyObjectConfig } from './object-config.ts';
import { packTemplates } from './template-archive.ts';

/** Makes an object: the same input has the same digest. */
export function packObject(
  config: ObjectConfig,
  texts: TemplateTexts,
  notes?: string,
): { readonly digest: string; readonly parts: ObjectParts } {
  const parts = {
    config: Buffer.from(stringifyObjectConfig(config)),
    templates: packTemplates(texts),
    ...(notes !== undefined && { notes: Buffer.from(notes) }),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    artifactType: mediaTypes.artifact,
    config: descriptorOf(mediaTypes.config, parts.config),
    layers: [
      descriptorOf(mediaTypes.templates, parts.templates),
      ...(parts.notes === undefined ? [] : [descriptorOf(mediaTypes.notes, parts.notes)]),
    ],
    annotations: { 'org.opencontainers.image.version': config.version },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { digest: digestOf(bytes), parts: { ...parts, manifest: bytes } };
}
