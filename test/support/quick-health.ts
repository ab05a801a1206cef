import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/**
 * Has Docker look at a starting service twice a second, by the override that is the operator's to write: an engine else looks
 * after five seconds for the first time, and a platform of three storeys takes 15 to start. What `init` renders itself is
 * started in init.engine.test.ts.
 * @param installation its folder
 * @param more healthchecks that are to be otherwise still, by service; `undefined`: as it was rendered
 */
export function lookAtHealthSooner(
  installation: string,
  more: Record<string, object | undefined> = {},
): void {
  const { services } = parse(
    readFileSync(join(installation, 'backend/docker-compose.yml'), 'utf8'),
  );
  const names = Object.keys(services).filter((name) => !(name in more) || more[name] !== undefined);
  const healthchecks = names.map((name) => [
    name,
    { healthcheck: { start_interval: '500ms', ...more[name] } },
  ]);
  writeFileSync(
    join(installation, 'backend/docker-compose.override.yml'),
    stringify({ services: Object.fromEntries(healthchecks) }),
  );
}
