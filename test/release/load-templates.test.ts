import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTemplates } from '../../src/release/load-templates.ts';
import { readTemplateSet, templatesFolder } from '../support/template-set.ts';

const cwd = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
cpSync(templatesFolder, join(cwd, 't'), { recursive: true });
afterAll(() => rmSync(cwd, { recursive: true }));

const load = (templates: string) => loadTemplates({ cwd, templates });

describe('the template set is the same', () => {
  const { files } = readTemplateSet();

  it.each(['t', './t', 't/', './t//', 't/../t', join(cwd, 't'), `${cwd}/t/`])(
    'where --templates is %s',
    async (templates) => {
      expect([...(await load(templates)).files]).toEqual([...files]);
    },
  );
});
