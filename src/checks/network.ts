import type { Probed } from '../lib/process/probed.ts';
import {
  defineCheck,
  failed,
  type Judgement,
  judgeKnown,
  notApplicable,
  ok,
  timedOutAfter,
} from './define.ts';
import type { Answer } from './facts/facts.ts';

const wayOut =
  'Allow it in the firewall (`proto-scaffold check --urls` lists every host), or set HTTPS_PROXY.';

const ecr = defineCheck({
  id: 'ecr',
  title: 'ECR is reachable',
  why: 'proto-scaffold gets logins and the release from ECR. Without this connection, the platform can run, but you cannot update it.',
  remedy: wayOut,
  severity: { check: 'advice' },
  concerns: 'host',
  needs: ['ecr'],
  judge: ({ ecr }) => judgeReached(ecr),
});

const registry = defineCheck({
  id: 'registry',
  title: 'The registry is reachable',
  why: 'Images and static bundles are downloaded from the registry.',
  remedy: wayOut,
  severity: { check: 'advice' },
  concerns: 'host',
  needs: ['registry'],
  judge: ({ registry }) => judgeReached(registry),
});

const storage = defineCheck({
  id: 'storage',
  title: 'The storage of the registry is reachable',
  why: 'The registry redirects each download to a storage host. A firewall or proxy that allows only the registry lets this program log in, and every download fails.',
  remedy: wayOut,
  severity: { check: 'advice' },
  concerns: 'host',
  needs: ['storage'],
  judge: ({ storage }) => {
    if (storage.kind === 'absent')
      return notApplicable(
        'It is tried with the credentials file, once ECR and the registry are reachable',
      );
    return judgeReached(storage);
  },
});

/** Any response counts as reached, because the requests contain no login. */
function judgeReached(probed: Probed<Answer>): Judgement {
  if (probed.kind === 'absent') {
    return notApplicable('The address is only in the credentials file');
  }
  if (probed.kind === 'refused') return failed(probed.why, remedyOf(probed));
  if (probed.kind === 'timed out') {
    return failed(timedOutAfter('The request', probed.afterMs), { timedOut: true });
  }
  const { host, status } = probed.value;
  if (status >= 500 || status === 407) return failed(`${host} returned ${status}`);
  return ok(`${host} is reachable`);
}

/** The error's own advice is about what has failed. */
function remedyOf({ hint }: { readonly hint?: string }): { readonly remedy?: string } {
  return hint === undefined ? {} : { remedy: hint };
}

const minute = 60_000;
/** AWS rejects a signature at this clock difference (AWS, "Troubleshooting Signature Version 4"). */
const refusedFrom = 5 * minute;

const clock = defineCheck({
  id: 'clock',
  title: 'The clock matches the AWS clock',
  why: 'If the clock is wrong, AWS rejects signed requests, and valid certificates can appear expired.',
  remedy: 'Set the clock: sudo timedatectl set-ntp true',
  severity: { check: 'requirement' },
  concerns: 'host',
  needs: ['ecr'],
  judge: ({ ecr }) => {
    if (ecr.kind === 'absent') return notApplicable('The time was not requested');
    return judgeKnown(ecr, "AWS's time", ({ clockSkew, host }) => {
      if (clockSkew === undefined) return notApplicable(`${host} did not send the time`);
      const off = Math.abs(clockSkew.ms);
      if (off < minute) return ok('The clock is accurate to within one minute');
      const found = `Compared with AWS's, this host's clock is ${clockSkew.words}`;
      return failed(found, off < refusedFrom ? { severity: 'advice' } : {});
    });
  },
});

export const networkChecks = [ecr, registry, storage, clock];
