import { type AccessKey, denial } from './access.ts';
import { awsError } from './answer.ts';
import type { RegistryState } from './state.ts';

/** What an ECR operation is called with. */
export type Input = Readonly<Record<string, unknown>>;

/** @throws Refusal for a member that this registry does not know, so that none is passed over */
export function onlyMembers(input: Input, known: readonly string[]): void {
  const strange = Object.keys(input).find((name) => !known.includes(name));
  if (strange === undefined) return;
  throw awsError('InvalidParameterException', `Unknown member '${strange}'`, 400, false);
}

/** @throws AccessDeniedException where IAM does not let the key do this */
export function mustBeAllowed(
  state: RegistryState,
  key: AccessKey,
  action: string,
  repository?: string,
): void {
  const message = denial(key, action, repository, state);
  if (message !== undefined) throw awsError('AccessDeniedException', message);
}
