import { composeChecks } from './compose.ts';
import { containerChecks } from './containers.ts';
import type { Check } from './define.ts';
import { dockerChecks } from './docker.ts';
import { loginChecks } from './docker-login.ts';
import { hostChecks } from './host.ts';
import { hybridChecks } from './hybrid.ts';
import { networkChecks } from './network.ts';
import { onlineChecks } from './online.ts';
import { releaseChecks } from './release.ts';
import { valueChecks } from './values.ts';
import { webChecks } from './web.ts';

/** Every check, in the order of the report. */
export const checks: readonly Check[] = [
  ...hostChecks,
  ...dockerChecks,
  ...containerChecks,
  ...loginChecks,
  ...networkChecks,
  ...releaseChecks,
  ...webChecks,
  ...hybridChecks,
  ...composeChecks,
  ...valueChecks,
  ...onlineChecks,
];
