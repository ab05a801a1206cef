import * as z from 'zod';
import { CredentialsFile } from '../../src/registry/credentials.ts';
import { valueName } from '../../src/release/placeholders.ts';
import type { ValueDescription } from '../../src/release/release.ts';
import { schemaPath, tomlSchema } from '../../src/render/toml-schema.ts';
import { formSchema } from '../../src/values/forms.ts';
import { isMade } from '../../src/values/values.ts';
import { ownTemplateSet } from './template-set.ts';

/** The JSON Schemas in schemas/ by path: for the credentials, for a values file, and for each configuration file. */
export function schemaFiles(): [string, string][] {
  const { release, files } = ownTemplateSet();
  const values = Object.entries(release.values).filter(([, value]) => !isMade(value));
  return [
    ['schemas/proto_credentials.json', text(credentialsSchema())],
    ['schemas/values.json', text(valuesSchema(values))],
    ...[...files].flatMap(([path, template]): [string, string][] => {
      const place = path.endsWith('.toml') ? schemaPath(path, template) : undefined;
      const schema = place && tomlSchema(path, template, release);
      const name = path.replace(/^.*\/|\.toml$/g, '');
      return schema ? [[`schemas/${name}.json`, schema]] : [];
    }),
  ];
}

function text(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The schema of the input, before defaults and transforms. */
function credentialsSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(CredentialsFile, {
    io: 'input',
    target: 'draft-7',
  });
  return { $schema, title: 'proto_credentials.json', ...schema };
}

/** Empty means not set. */
function orEmpty({ enum: choices, pattern, ...others }: ReturnType<typeof formSchema>): object {
  return {
    ...(Array.isArray(choices) && { enum: ['', ...choices] }),
    ...(typeof pattern === 'string' && { pattern: `^$|${pattern}` }),
    ...others,
  };
}

function valuesSchema(values: [string, ValueDescription][]): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of proto-scaffold init --values',
    type: 'object',
    properties: Object.fromEntries(
      values.map(([name, { about, default: preset, example, ...form }]) => [
        valueName(name),
        {
          type: 'string',
          description: about,
          ...orEmpty(formSchema(form)),
          ...(preset !== undefined && { default: preset }),
          ...(example !== undefined && { examples: [example] }),
        },
      ]),
    ),
    // Each value can also use the name of its placeholder.
    patternProperties: { '^YOUR_[A-Z0-9_]+$': { type: 'string' } },
    additionalProperties: false,
  };
}
