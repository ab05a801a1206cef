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

/** Tests keys with one request each, which changes nothing and is free of charge. */

const Scopes = z.object({ scopes: z.array(z.string()) });

const sendgrid = defineCheck({
  id: 'sendgrid-key',
  title: 'SendGrid accepts the key for sending e-mail',
  why: 'Without a valid key, the platform cannot send e-mail such as invitations and new passwords.',
  remedy:
    'Create a key with the "Mail Send" permission in SendGrid, then run: proto-scaffold config set sendgrid.api_key',
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
        return failed('The key does not have permission to send mail (scope mail.send)');
      }
      return ok('SendGrid accepts the key');
    }),
});

const openai = defineCheck({
  id: 'openai-key',
  title: 'OpenAI accepts the key',
  why: 'Without a valid key, AI agents cannot answer.',
  remedy: 'Create a new key at OpenAI, then run: proto-scaffold config set openai.api_key',
  severity: { check: 'requirement' },
  inside: true,
  online: true,
  concerns: 'values',
  needs: ['openai'],
  judge: ({ openai }) =>
    judgeKey(openai, 'OpenAI', ({ status }) => {
      if (status === 200) return ok('OpenAI accepts the key');
      // A restricted key may work for chats without permission to list models.
      if (status === 403) {
        return unknown(
          'OpenAI recognizes the key, but the key does not have permission to list models',
          {
            remedy: 'Check at OpenAI that the key has permission for chat completions.',
          },
        );
      }
      return undefined;
    }),
});

const azureOpenai = defineCheck({
  id: 'azure-openai-key',
  title: 'Azure OpenAI accepts the key at this endpoint',
  why: 'Without a valid key, AI agents cannot answer.',
  remedy:
    'Compare the endpoint and the key with "Keys and Endpoint" of the resource in the Azure portal.',
  severity: { check: 'requirement' },
  inside: true,
  online: true,
  concerns: 'values',
  needs: ['azureOpenai'],
  judge: ({ azureOpenai }) =>
    judgeKey(azureOpenai, 'Azure OpenAI', ({ status, host }) => {
      if (status === 200) {
        return ok('Azure OpenAI accepts the key; the deployment is not tested');
      }
      if (status === 404) {
        return failed(`${host} does not provide Azure OpenAI at this address or API version`, {
          remedy: 'Check azure_openai.endpoint and azure_openai.api_version.',
        });
      }
      return undefined;
    }),
});

/** @param judge handles responses specific to the service; returns `undefined` for common ones */
function judgeKey(
  probed: Probed<Answer>,
  service: string,
  judge: (answer: Answer) => Judgement | undefined,
): Judgement {
  if (probed.kind === 'absent') return notApplicable('The key is not set');
  if (probed.kind === 'refused') {
    const advice = probed.hint ?? 'Allow it in the firewall, or set HTTPS_PROXY.';
    return unknown(probed.why, { remedy: `${advice} The containers need the same access.` });
  }
  return judgeKnown(probed, service, (answer) => {
    const judged = judge(answer);
    if (judged !== undefined) return judged;
    if (answer.status === 401 || answer.status === 403) {
      return failed(`${service} rejected the key (${answer.status})`);
    }
    return unknown(`${answer.host} returned ${answer.status}`, { remedy: 'Try again later.' });
  });
}

export const onlineChecks = [sendgrid, openai, azureOpenai];
