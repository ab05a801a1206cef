import { type Fault, UserError } from '../errors.ts';
import { lineIndex } from '../lib/text/line-index.ts';
import { siteOf } from '../nginx/site.ts';
import { templateFaults } from '../release/check-templates.ts';
import { Hosting } from '../release/hosting.ts';
import type { TemplateTexts } from '../release/load-templates.ts';
import { parseRelease } from '../release/parse-release.ts';
import { placeholdersIn } from '../release/placeholders.ts';
import { type Release, servicesOf, templatesFor } from '../release/release.ts';
import { everywhere, renderInstallation } from '../render/render.ts';
import { knowToml } from '../render/render-toml.ts';

/** Everything that is wrong with a template set, at once: what `init` would refuse, and what would stay open for good. */
export function lintTemplates({ release: text, files }: TemplateTexts): Fault[] {
  const { value: release, faults } = attempt(() => parseRelease(text), 'release.yml');
  const tomls = [...files].filter(([path]) => path.endsWith('.toml'));
  const ofTomls = tomls.flatMap(
    ([path, content]) => attempt(() => knowToml(content, path), path).faults,
  );
  const all = [...faults, ...ofTomls];
  if (release === undefined) return all;
  all.push(...templateFaults({ release, files }), ...unknownPlaceholders(release, files));
  // Rendered only if nothing else is wrong: the same fault would be named twice.
  return all.length > 0 ? all : renderFaults(release, files);
}

function attempt<T>(act: () => T, file: string): { readonly value?: T; readonly faults: Fault[] } {
  try {
    return { value: act(), faults: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { faults, message } = error;
    return { faults: faults.length > 0 ? [...faults] : [{ file, message }] };
  }
}

function unknownPlaceholders({ values }: Release, files: TemplateTexts['files']): Fault[] {
  return [...files].flatMap(([file, text]) => {
    const positionOf = lineIndex(text);
    return placeholdersIn(text)
      .filter((name) => !Object.hasOwn(values, name))
      .map((name) => ({
        file,
        line: positionOf(text.indexOf(`{${name}}`)).line,
        message: `has the placeholder {${name}}, which release.yml does not describe`,
      }));
  });
}

/** Renders the release for each kind of hosting, as `init` does. */
function renderFaults(release: Release, files: TemplateTexts['files']): Fault[] {
  return Hosting.options.flatMap((hosting) => {
    const templates = templatesFor({ release, files }, hosting);
    const images = new Map(
      servicesOf(release, hosting).map(([name, { repository }]) => [
        name,
        `registry/${repository}`,
      ]),
    );
    const values = new Map(
      Object.entries(templates.release.values).map(([name, value]) => [
        name,
        value.default ?? value.example ?? 'value',
      ]),
    );
    const render = () =>
      renderInstallation({
        ...{ templates, hosting, images, identity: 'lint', project: 'lint', group: 1000 },
        valueFor: everywhere(values),
        site: siteOf('/srv/proto', values),
      });
    return attempt(render, 'release.yml').faults;
  });
}
