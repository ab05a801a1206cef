import * as z from 'zod';

/**
 * What the containers may do beyond their work, by the container part of Docker's own benchmark (docker-bench-security 1.6,
 * tests/5_container_runtime.sh, after the CIS Docker Benchmark). Left out is what is about the host, the engine or the command line,
 * and 5.12 (CPU shares: no service of the platform is more important than another), 5.14 (the operator chooses the addresses), and
 * 5.15 (services restart until they are stopped).
 */

const text = z.coerce.string();
const texts = z.array(text).nullish();
const Service = z.object({
  cap_drop: texts,
  cap_add: texts,
  security_opt: texts,
  privileged: z.boolean().nullish(),
  read_only: z.boolean().nullish(),
  network_mode: z.string().nullish(),
  pid: z.string().nullish(),
  ipc: z.string().nullish(),
  uts: z.string().nullish(),
  userns_mode: z.string().nullish(),
  devices: z.array(z.unknown()).nullish(),
  healthcheck: z.object({ disable: z.boolean().nullish() }).nullish(),
  mem_limit: text.nullish(),
  pids_limit: z.number().nullish(),
  deploy: z
    .object({
      resources: z
        .object({
          limits: z.object({ memory: text.nullish(), pids: z.number().nullish() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  volumes: z
    .array(
      z.object({
        type: z.string().nullish(),
        source: z.string().nullish(),
        bind: z.object({ propagation: z.string().nullish() }).nullish(),
      }),
    )
    .nullish(),
});
type Service = z.infer<typeof Service>;

const Model = z.object({ services: z.record(z.string(), z.unknown()) });

const systemFolders = ['/', '/boot', '/dev', '/etc', '/lib', '/proc', '/sys', '/usr'];
const options = ({ security_opt }: Service) =>
  (security_opt ?? []).map((each) => each.replace('=', ':'));
const limits = ({ deploy }: Service) => deploy?.resources?.limits;

/** The number in the benchmark, the gap, and whether a service has it. */
const rules: readonly (readonly [
  number: string,
  gap: string,
  has: (service: Service) => boolean,
])[] = [
  [
    '5.4',
    "the engine's own set of capabilities (cap_drop)",
    ({ cap_drop, cap_add }) => !(cap_drop ?? []).includes('ALL') || (cap_add ?? []).includes('ALL'),
  ],
  ['5.5', 'all rights (privileged)', ({ privileged }) => privileged === true],
  [
    '5.6',
    'a system folder of the host (volumes)',
    ({ volumes }) =>
      (volumes ?? []).some(
        ({ type, source }) => type === 'bind' && systemFolders.includes(source ?? ''),
      ),
  ],
  ['5.10', "the host's network (network_mode)", ({ network_mode }) => network_mode === 'host'],
  [
    '5.11',
    'no limit of memory (deploy.resources.limits.memory)',
    (service) => isUnlimited(limits(service)?.memory ?? service.mem_limit),
  ],
  [
    '5.13',
    'a root file system that can be written (read_only)',
    ({ read_only }) => read_only !== true,
  ],
  ['5.16', "the host's processes (pid)", ({ pid }) => pid === 'host'],
  ['5.17', "the host's shared memory (ipc)", ({ ipc }) => ipc === 'host'],
  ['5.18', 'devices of the host (devices)', ({ devices }) => (devices ?? []).length > 0],
  [
    '5.20',
    'mounts that reach the host (propagation)',
    ({ volumes }) => (volumes ?? []).some(({ bind }) => /shared/.test(bind?.propagation ?? '')),
  ],
  ['5.21', "the host's name (uts)", ({ uts }) => uts === 'host'],
  [
    '5.22',
    'all system calls (security_opt)',
    (service) => options(service).includes('seccomp:unconfined'),
  ],
  [
    '5.26',
    'a way to gain rights (security_opt)',
    (service) =>
      !options(service).some(
        (option) => option === 'no-new-privileges:true' || option === 'no-new-privileges',
      ),
  ],
  ['5.27', 'no health check (healthcheck)', ({ healthcheck }) => healthcheck?.disable === true],
  [
    '5.29',
    'no limit of processes (deploy.resources.limits.pids)',
    (service) => isUnlimited(limits(service)?.pids ?? service.pids_limit),
  ],
  ['5.31', 'the user ids of the host (userns_mode)', ({ userns_mode }) => userns_mode === 'host'],
  [
    '5.32',
    "Docker's socket (volumes)",
    ({ volumes }) => (volumes ?? []).some(({ source }) => /\/docker\.sock$/.test(source ?? '')),
  ],
];

function isUnlimited(limit: string | number | null | undefined): boolean {
  return limit == null || Number(limit) <= 0;
}

export interface ServiceGaps {
  readonly service: string;
  /** `5.13 a root file system that can be written (read_only)` */
  readonly gaps: readonly string[];
}

/**
 * The services that have more than they need.
 * @param merged the output of `docker compose config --format json`
 * @returns `undefined` if it is something else
 */
export function gapsOf(merged: string): ServiceGaps[] | undefined {
  try {
    const { services } = Model.parse(JSON.parse(merged));
    return Object.entries(services).flatMap(([service, settings]) => {
      const known = Service.parse(settings);
      const gaps = rules.flatMap(([number, gap, has]) => (has(known) ? [`${number} ${gap}`] : []));
      return gaps.length === 0 ? [] : [{ service, gaps }];
    });
  } catch {
    return undefined;
  }
}
