import { findParameter } from '../../config/find-parameter.ts';
import { readConfig } from '../../config/parameters.ts';
import { siteValues } from '../../values/site-values.ts';
import { currentTexts, insideOf, type Subject } from './subject.ts';

/** The operator's settings for the external services of the platform. */
export interface Site {
  /** The value of a placeholder; `undefined` if it is not set. */
  readonly value: (placeholder: string) => string | undefined;
  /** `openai` or `azure` */
  readonly provider: string | undefined;
  readonly azureApiVersion: () => string;
}

/** The first version of the Azure API that is known to work with the platform. */
const usualVersion = '2024-10-21';

const known = new WeakMap<Subject, Site>();

/** Read once for all probes. */
export function siteOf(subject: Subject): Site {
  const site = known.get(subject) ?? readSite(subject);
  known.set(subject, site);
  return site;
}

function readSite(subject: Subject): Site {
  const { templates } = subject;
  const { base } = insideOf(subject);
  const current = currentTexts(insideOf(subject));
  const values = siteValues(templates, current);
  const preset = templates.release.values.YOUR_OPENAI_PROVIDER?.default;
  return {
    value: (placeholder) => values.get(placeholder),
    provider: values.get('YOUR_OPENAI_PROVIDER') ?? preset,
    azureApiVersion() {
      const config = readConfig({ templates, base, current });
      const places = findParameter(config, ['azure_openai', 'api_version'])?.places ?? [];
      const version = places.find((place) => place.current)?.current?.value;
      return typeof version === 'string' ? version : usualVersion;
    },
  };
}
