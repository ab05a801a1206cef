import * as z from 'zod';
import type { Probed } from '../lib/process/probed.ts';
import {
  defineCheck,
  failed,
  type Judgement,
  judgeKnown,
  notApplicable,
  ok,
  unknown,
} from './define.ts';
import type { Answer } from './facts/facts.ts';

/** Keys, tried with one request each that changes and costs nothing. */

const Scopes = z.object({ scopes: z.array(z.string()) });

const sendgrid = defineCheck({
  id: 'sendgrid-key',
  title: 'SendGrid takes the key, and lets it send',
  why: 'Without it the platform can send no e-mail: no invitations, no new passwords.',
  remedy:
    'Make a key with the right "Mail Send" in SendGrid, and: proto-scaffold config set sendgrid.api_key',
  severity: { check: 'requirement' },
  inside: true,
  online: true,
  concerns: 'values',
  needs: ['sendgrid'],
  judge: ({ sendgrid }) =>
    judgeKey(sendgrid, 'SendGrid', ({ status, body }) => {
      if (status !== 200) return undefined;
      const parsed = Scopes.safeParse(body);
      if (parsed.success && !parsed.data.scopes.includes('mail.send')) {
        return failed('SendGrid knows the key, but it may not send mail (scope mail.send)');
      }
      return ok('SendGrid takes the key');
    }),
});

const openai = defineCheck({
  id: 'openai-key',
  title: 'OpenAI takes the key',
  why: 'Without it AI agents give no answers.',
  remedy: 'Make a new key at OpenAI, and: proto-scaffold config set openai.api_key',
  severity: { check: 'requirement' },
  inside: true,
  online: true,
  concerns: 'values',
  needs: ['openai'],
  judge: ({ openai }) =>
    judgeKey(openai, 'OpenAI', ({ status }) => {
      if (status === 200) return ok('OpenAI takes the key');
      // A restricted key may answer chats without being allowed to list models.
      if (status === 403) {
        return unknown('OpenAI knows the key, which may not list models', {
          remedy: 'See at OpenAI that the key may use chat completions.',
        });
      }
      return undefined;
    }),
});

const azureOpenai = defineCheck({
  id: 'azure-openai-key',
  title: 'Azure OpenAI takes the key at this endpoint',
  why: 'Without it AI agents give no answers.',
  remedy: 'Compare endpoint and key with "Keys and Endpoint" of the resource in the Azure portal.',
  severity: { check: 'requirement' },
  inside: true,
  online: true,
  concerns: 'values',
  needs: ['azureOpenai'],
  judge: ({ azureOpenai }) =>
    judgeKey(azureOpenai, 'Azure OpenAI', ({ status, host }) => {
      if (status === 200) {
        return ok('Azure OpenAI takes the key; a deployment shows only when it is used');
      }
      if (status === 404) {
        return failed(`${host} knows no Azure OpenAI under this address or API version`, {
          remedy: 'Check azure_openai.endpoint and azure_openai.api_version.',
        });
      }
      return undefined;
    }),
});

/** @param judge for what the service alone says; `undefined` for what all say alike */
function judgeKey(
  probed: Probed<Answer>,
  service: string,
  judge: (answer: Answer) => Judgement | undefined,
): Judgement {
  if (probed.kind === 'absent') return notApplicable('There is no key to try');
  if (probed.kind === 'refused') {
    return unknown(probed.why, {
      remedy:
        'Have the firewall let it through, or set HTTPS_PROXY; the containers need the same way out.',
    });
  }
  return judgeKnown(probed, service, (answer) => {
    const judged = judge(answer);
    if (judged !== undefined) return judged;
    if (answer.status === 401 || answer.status === 403) {
      return failed(`${service} does not take the key (${answer.status})`);
    }
    return unknown(`${answer.host} answered ${answer.status}`, { remedy: 'Try again later.' });
  });
}

export const onlineChecks = [sendgrid, openai, azureOpenai];
