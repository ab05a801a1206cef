import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { everywhere, renderInstallation } from '../../src/render/render.ts';
import { pinnedImages, readTemplateSet } from '../support/template-set.ts';

const hostile = 'x"; root /; #\n- y: {}\n';

/** The text of one more template, rendered with a value that would break out of any format. */
function rendered(path: string, text: string): string | undefined {
  const shipped = readTemplateSet();
  const templates = { ...shipped, files: new Map([...shipped.files, [path, text]]) };
  return renderInstallation({
    templates,
    hosting: 'on-premise',
    valueFor: everywhere(new Map([['YOUR_URL', hostile]])),
    images: pinnedImages(templates),
    identity: 'i',
    project: 'proto',
    group: 1000,
    site: { installation: '/srv/proto' },
  })
    .find((file) => file.path === path)
    ?.content.reveal();
}

function failure(path: string, text: string): UserError {
  try {
    rendered(path, text);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  return expect.fail('it was rendered');
}

describe('a placeholder in a template', () => {
  it.each(['backend/extra.yml', 'frontend/nginx.conf', 'backend/.env', 'backend/config/a.json'])(
    'is refused in %s, whose format has no renderer, with its line',
    (path) => {
      const error = failure(path, 'first\nserver_name {YOUR_URL};\n');
      expect(error.code).toBe('TEMPLATES_INVALID');
      expect(error.faults).toMatchObject([{ file: path, line: 2 }]);
      expect(error.faults[0]?.message).toContain('{YOUR_URL}');
    },
  );

  it('is filled raw below backend/secrets/, where the file is the value', () => {
    expect(rendered('backend/secrets/url', '{YOUR_URL}')).toBe(hostile);
  });
});

describe('a template without placeholders', () => {
  it('keeps its bytes, whatever its format', () => {
    const text = '# {braces} and {your_url} are none\n';
    expect(rendered('backend/extra.yml', text)).toBe(text);
  });
});
