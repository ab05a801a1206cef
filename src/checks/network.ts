import type { Probed } from '../lib/process/probed.ts';
import {
  defineCheck,
  failed,
  hanging,
  type Judgement,
  judgeKnown,
  notApplicable,
  ok,
} from './define.ts';
import type { Answer } from './facts/facts.ts';

const wayOut =
  'Have the firewall let it through (`proto-scaffold check --urls` lists every host), or set HTTPS_PROXY.';

const ecr = defineCheck({
  id: 'ecr',
  title: 'ECR can be reached',
  why: 'Logins and the release come from there. A host without a way out can run the platform, but not update it.',
  remedy: wayOut,
  severity: { check: 'advice' },
  concerns: 'host',
  needs: ['ecr'],
  judge: ({ ecr }) => judgeReached(ecr),
});

const registry = defineCheck({
  id: 'registry',
  title: 'The registry can be reached',
  why: 'Images and static bundles come from there.',
  remedy: wayOut,
  severity: { check: 'advice' },
  concerns: 'host',
  needs: ['registry'],
  judge: ({ registry }) => judgeReached(registry),
});

/** Any answer will do: neither request carries a login. */
function judgeReached(probed: Probed<Answer>): Judgement {
  if (probed.kind === 'absent') {
    return notApplicable('Which one it is, only the credentials file tells');
  }
  if (probed.kind === 'refused') return failed(probed.why);
  if (probed.kind === 'timed out') {
    return failed(hanging('The request', probed.afterMs), { timedOut: true });
  }
  const { host, status } = probed.value;
  if (status >= 500 || status === 407) return failed(`${host} answered ${status}`);
  return ok(`${host} answers`);
}

const minute = 60_000;
/** A signature is refused from here on (AWS, "Troubleshooting Signature Version 4"). */
const refusedFrom = 5 * minute;

const clock = defineCheck({
  id: 'clock',
  title: "The clock agrees with AWS's",
  why: 'AWS refuses what is signed at another time than its own, and certificates seem expired.',
  remedy: 'Set the clock: sudo timedatectl set-ntp true',
  severity: { check: 'requirement' },
  concerns: 'host',
  needs: ['ecr'],
  judge: ({ ecr }) => {
    if (ecr.kind === 'absent') return notApplicable('Nobody was asked for the time');
    return judgeKnown(ecr, "AWS's time", ({ clockSkew, host }) => {
      if (clockSkew === undefined) return notApplicable(`${host} told no time`);
      const off = Math.abs(clockSkew.ms);
      if (off < minute) return ok('The clock is right, within a minute');
      const found = `Compared with AWS's, this host's clock is ${clockSkew.words}`;
      return failed(found, off < refusedFrom ? { severity: 'advice' } : {});
    });
  },
});

export const networkChecks = [ecr, registry, clock];
