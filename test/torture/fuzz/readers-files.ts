import { readFileSync } from 'node:fs';
import exampleCredentials from '../../../proto_credentials.example.json' with { type: 'json' };
import { portsOf } from '../../../src/checks/facts/published-ports.ts';
import { mergeFile } from '../../../src/compose/merge-file.ts';
import { servicesOfOverride, unknownServices } from '../../../src/compose/override.ts';
import { reachOfServices } from '../../../src/compose/service-reach.ts';
import { acceptValue } from '../../../src/config/accept-value.ts';
import { readConfig } from '../../../src/config/parameters.ts';
import { planRotate, rotatedSecrets } from '../../../src/config/rotation.ts';
import { parseCidrs } from '../../../src/lib/net/cidrs.ts';
import { parseCredentials } from '../../../src/registry/credentials.ts';
import { parseRelease } from '../../../src/release/parse-release.ts';
import { parseDottedKey } from '../../../src/toml/dotted-key.ts';
import { parseToml } from '../../../src/toml/parse-toml.ts';
import { secretTexts } from '../../../src/values/secret-texts.ts';
import { parseValues } from '../../../src/values/values.ts';
import { configInput, parameterOf, platform } from '../../support/config-input.ts';
import { installed, releaseFolder } from '../../support/releases.ts';
import { damaged, hostileJson } from './hostile.ts';
import { type Reader, reader } from './reader.ts';
import { say, tomlLike, tomlPieces, yaml } from './texts.ts';

/** Readers of what operators and the vendor write. */

const whole = installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' });
const input = configInput(whole);
const compose = whole.current.get('backend/docker-compose.yml') ?? '';
const toml = whole.current.get(platform) ?? '';
const releaseYaml = readFileSync(`${releaseFolder('2026.11.0')}/release.yml`, 'utf8');
const { release } = input.templates;
const provider = parameterOf(input, 'openai.provider');

const tomlText = tomlLike(toml);
const merged = (path: string, base: string, current: string, incoming: string) =>
  mergeFile({ path, base, current, incoming }, release, 'ours');

export const readersOfFiles: readonly Reader[] = [
  reader('credentials', hostileJson(exampleCredentials), (text) =>
    parseCredentials(text, 'c.json'),
  ),
  reader('values in JSON', hostileJson({ url: 'x.example', openai_api_key: 'sk-1' }), (text) =>
    parseValues(text, 'v.json', release),
  ),
  reader(
    'values in TOML',
    damaged('url = "x.example"\nopenai_api_key = "sk-1"\n', tomlPieces),
    (text) => parseValues(text, 'v.toml', release),
  ),
  reader('TOML', tomlText, parseToml),
  reader('configuration', tomlText, (text) => {
    const changed = { ...input, current: new Map([...input.current, [platform, text]]) };
    const config = readConfig(changed);
    for (const secret of rotatedSecrets(changed, config).slice(0, 1))
      planRotate(changed, secret, 'x');
    secretTexts(input.templates, changed.current);
  }),
  reader('a key', damaged('labels."my key".x', ['"', "'", '.', '=', '\n']), parseDottedKey),
  reader('a value', damaged('["a", 1979-05-27]', ['"', '[', '{', '1e9', 'inf']), (text) =>
    acceptValue(text, provider, true),
  ),
  reader('a Compose file', yaml(compose), (text) => [
    portsOf(reachOfServices([text])),
    servicesOfOverride(text, compose, text),
    unknownServices(text, text),
  ]),
  reader('a merge of Compose files', yaml(compose), (text) =>
    merged('backend/docker-compose.yml', compose, text, `${compose}# new\n`),
  ),
  reader('a merge of TOML', tomlText, (text) =>
    merged(platform, toml, text, `${toml}\n[new]\na = 1\n`),
  ),
  reader('a release description', yaml(releaseYaml), parseRelease),
  reader(
    'networks',
    say('203.0.113.0/24,', '::1/128', '2001:db8::', '::ffff:1.2.3.4', '/', '999.1.1.1/33'),
    parseCidrs,
  ),
];
