import { valueIn } from '../lib/process/probed.ts';
import { defineCheck, failed, judgeKnown, notApplicable, ok, unknown } from './define.ts';
import type { Facts } from './facts/facts.ts';
import { gapsOf } from './facts/hardening.ts';
import { proxiedServices, type ServiceSettings } from './facts/service-settings.ts';

/** The operator's own Compose file, or the name that it should get. */
function fileFor(override: Facts['override']): string {
  return `backend/${valueIn(override)?.name ?? 'docker-compose.override.yml'}`;
}

const connections = defineCheck({
  id: 'connections',
  title: 'The services reach each other',
  why: 'Each service can be healthy by itself while the engine or a firewall keeps the containers from each other. The platform then does not work.',
  remedy:
    'Look at the option enable_icc of the network, and at the rules of iptables or firewalld.',
  severity: { check: 'requirement' },
  inside: true,
  engine: true,
  concerns: 'host',
  needs: ['connections'],
  judge: ({ connections }) => {
    if (connections.kind === 'absent') return notApplicable('No connection could be tried');
    return judgeKnown(connections, 'Trying the connections', ({ tried, failure }) =>
      failure === undefined
        ? ok(`Connections tried: ${tried}`)
        : failed(failure.says, { remedy: failure.remedy }),
    );
  },
});

const userNamespaces = defineCheck({
  id: 'user-namespaces',
  title: 'The containers can read the files of the installation',
  why: "With userns-remap or a rootless Docker Engine, the users and groups of a container are others on the host. They cannot read configuration and secrets, which only the operator and the operator's group can.",
  remedy: 'Add the settings to the override file.',
  severity: { check: 'requirement', init: 'advice', start: 'requirement', update: 'advice' },
  engine: true,
  concerns: 'host',
  needs: ['docker', 'services', 'override'],
  judge: ({ docker, services, override }) => {
    const engine = docker.kind === 'known' ? docker.value.engine : docker;
    const security = valueIn(engine)?.security ?? [];
    const isRootless = security.includes('rootless');
    if (engine.kind === 'known' && !isRootless && !security.includes('userns')) {
      return ok('the engine uses the user ids of the host');
    }
    if (engine.kind !== 'known') return judgeKnown(engine, 'docker info', () => ok(''));
    const rule = isRootless ? rootless : remapped;
    return judgeKnown(services, 'docker compose config', (all) => {
      const blocked = all.filter((each) => each.readsFiles && !rule.reads(each));
      if (blocked.length === 0) return ok(rule.fine);
      const names = blocked.map(({ service }) => service);
      const yaml = names.map((name) => `${name}: {${rule.setting}}`).join(', ');
      return failed(
        `${rule.found}, so these services cannot read their files: ${names.join(', ')}`,
        {
          remedy: `Add to ${fileFor(override)}: \`services: {${yaml}}\`. ${rule.next}`,
        },
      );
    });
  },
});

interface Rule {
  readonly reads: (service: ServiceSettings) => boolean;
  readonly setting: string;
  readonly fine: string;
  readonly found: string;
  readonly next: string;
}

/** Docker, "Isolate containers with a user namespace": userns_mode: host exempts a container. */
const remapped: Rule = {
  reads: ({ hostUsers }) => hostUsers,
  setting: 'userns_mode: host',
  fine: 'the services that read files use the user ids of the host',
  found: 'The Docker Engine maps user ids (userns-remap)',
  next: 'Or remove userns-remap from /etc/docker/daemon.json, and restart Docker.',
};

/** The user of a rootless engine is root in its containers, and that user's group is group 0. */
const rootless: Rule = {
  reads: ({ groups, user }) =>
    groups.some(isRoot) || (user !== undefined && (user === '' || isRoot(user))),
  setting: 'group_add: ["0"]',
  fine: "the services that read files are in the operator's group",
  found: 'The Docker Engine is rootless',
  next: 'In a rootless engine, group 0 is the primary group of the user who runs it. The installation must belong to that user.',
};

function isRoot(name: string): boolean {
  return name === '0' || name === 'root';
}

const proxy = defineCheck({
  id: 'container-proxy',
  title: 'The services reach each other without a proxy',
  why: "Docker gives each container the proxy of its config.json. Without an exception for the services' names, requests between services go to the proxy, which does not know them.",
  remedy: 'Add the names of the services to the exceptions of the proxy.',
  severity: { check: 'requirement', init: 'advice', start: 'advice', update: 'advice' },
  engine: true,
  concerns: 'host',
  needs: ['services', 'clientProxies', 'dockerConfig', 'override'],
  judge: ({ services, clientProxies, dockerConfig, override }) => {
    if (clientProxies.kind === 'timed out' || clientProxies.kind === 'refused') {
      return judgeKnown(clientProxies, "Docker's config.json", () => ok(''));
    }
    return judgeKnown(services, 'docker compose config', (settings) => {
      const client = valueIn(clientProxies);
      const { client: missing, own } = proxiedServices(settings, client);
      const again = 'Then run `docker compose up -d --force-recreate` in backend/.';
      const path = valueIn(dockerConfig)?.path ?? 'config.json';
      if (client !== undefined && missing.length > 0) {
        const all = settings.map(({ service }) => service);
        const list = [...new Set([...client.noProxy.split(/[\s,]+/), ...all])].filter(Boolean);
        const entry = JSON.stringify(list.join(','));
        return failed(
          `${path} gives containers a proxy without an exception for ${missing.join(', ')}`,
          {
            remedy: `Set in ${path}, in "proxies", in "${client.key}": "noProxy": ${entry}. ${again}`,
          },
        );
      }
      if (own.length > 0) {
        const each = own.map((one) => `${one.service} (without ${one.missing.join(', ')})`);
        return failed(`The Compose files set a proxy for ${each.join('; ')}`, {
          remedy: `Add the names to NO_PROXY and no_proxy of these services in ${fileFor(override)}. ${again}`,
        });
      }
      const isUsed =
        client?.names || settings.some(({ proxies }) => Object.keys(proxies).length > 0);
      return isUsed ? ok('the services are exempt') : ok('containers get no proxy');
    });
  },
});

const hardening = defineCheck({
  id: 'container-hardening',
  title: 'The containers can do no more than their work needs',
  why: 'A service that is broken into can do what its container can. The numbers are those of docker-bench-security (CIS Docker Benchmark, part 5).',
  remedy:
    'Remove what the override file adds. What the release itself needs, and what an update left because you had changed it, is in docker-compose.yml.',
  severity: { check: 'advice' },
  inside: true,
  engine: true,
  concerns: 'values',
  needs: ['mergedFiles', 'override'],
  judge: ({ mergedFiles, override }) =>
    judgeKnown(mergedFiles, 'docker compose config', (merged) => {
      const services = gapsOf(merged);
      if (services === undefined) return unknown('`docker compose config` printed something else');
      if (services.length === 0) return ok('each has only the rights that the release names');
      const found = services.map(({ service, gaps }) => `${service} has ${gaps.join(', ')}`);
      return failed(found.join('; '), {
        remedy: `Remove what ${fileFor(override)} adds, and run \`proto-scaffold update\`, which adds what the release names. If the services need it, accept it: [ignore] container-hardening in proto.toml.`,
      });
    }),
});

export const containerChecks = [userNamespaces, connections, proxy, hardening];
