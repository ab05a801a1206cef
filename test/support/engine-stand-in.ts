import { fileURLToPath } from 'node:url';
import { containerAnswer } from './docker-stand-in.ts';
import type { Desk } from './program.ts';

/**
 * What the engine is like: `well`; `dying`: the services crash, and say all that they know; `gossip`: each command
 * fails, with every file of the configuration on stdout and stderr; `echo`: with what came by stdin.
 */
export type EngineMood = 'well' | 'dying' | 'gossip' | 'echo';

const info = fileURLToPath(new URL('../checks/fixtures/docker-info.27.3.json', import.meta.url));
const volumes: Record<string, [name: string, target: string]> = {
  postgres: ['postgres-data', '/var/lib/postgresql/data'],
  bucket: ['bucket-data', '/data'],
};

/** A docker that answers whatever the program asks, for tests of what it does with the answers. */
export function putEngineOnPath(desk: Desk, services: readonly string[], mood: EngineMood): void {
  const model = {
    name: 'proto-1a2b3c',
    services: Object.fromEntries(
      services.map((service) => {
        const [source, target] = volumes[service] ?? [];
        const own = source === undefined ? [] : [{ type: 'volume', source, target }];
        return [service, { image: `registry.invalid/${service}:stable`, volumes: own }];
      }),
    ),
    volumes: Object.fromEntries(
      Object.values(volumes).map(([name]) => [name, { name: `proto_${name}` }]),
    ),
  };
  const change = mood === 'dying' ? { state: 'exited', restarts: 9, exitCode: 1 } : {};
  desk.write('.model.json', model);
  desk.write(
    '.containers.json',
    services.map((service) => containerAnswer(service, change)),
  );
  const knows = `cat '${desk.path('proto')}'/backend/config/*.toml '${desk.path('proto')}'/backend/secrets/* 2>/dev/null`;
  const gossip = `{ ${mood === 'echo' ? ':' : knows}; cat; } >.gossip; cat .gossip; cat .gossip >&2; chmod 600 .gossip; exit 1`;
  desk.putOnPath(
    'docker',
    `umask 077; cd '${desk.folder}'
${mood === 'gossip' || mood === 'echo' ? gossip : ''}
case "$*" in
  login*) cat >/dev/null ;;
  info*) cat '${info}' ;;
  version*) echo 27.3.1 ;;
  --version) echo 'Docker version 27.3.1, build 1' ;;
  *compose*config*quiet*) : ;;
  *compose*config*) cat .model.json ;;
  *compose*logs*) ${mood === 'dying' ? knows : 'echo well'} ;;
  *compose*down*|'container rm'*) touch .down ;;
  *compose*up*) rm -f .down ;;
  'ps --all'*) [ -e .down ] || { ${services.map((service) => `echo id-of-${service}`).join('; ')}; } ;;
  'container inspect'*) cat .containers.json ;;
  'image inspect --format'*) echo sha256:1 ;;
  'image inspect'*) echo '[]' ;;
  'volume inspect'*) echo 'no such volume' >&2; exit 1 ;;
  'system df'*) echo '{}' ;;
  *) : ;;
esac`,
  );
}
