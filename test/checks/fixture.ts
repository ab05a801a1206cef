import { readFileSync } from 'node:fs';
import { parseDockerInfo } from '../../src/checks/facts/docker-info.ts';
import { known, refused } from '../../src/lib/process/probed.ts';

/** What a tool printed; where each comes from stands in fixtures/README.md. */
export function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}

/** What docker told by such an output. */
export function dockerInfo(name: string, stderr = '') {
  const facts = parseDockerInfo(fixture(`docker-info.${name}.json`), stderr && fixture(stderr));
  return facts === undefined ? refused('no JSON') : known(facts);
}
