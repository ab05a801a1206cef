import type { Context } from '../context.ts';
import type { Facts } from './facts/facts.ts';
import { dockerProbes } from './probes/docker.ts';
import { installationProbes } from './probes/installation.ts';
import { networkProbes } from './probes/network.ts';
import { portProbes } from './probes/ports.ts';
import type { Probes, Probing, Subject } from './probes/subject.ts';
import { systemProbes } from './probes/system.ts';

/**
 * Gathers facts in parallel, each once.
 * @param names of the facts to gather; the result contains no others
 * @throws the reason that the signal was aborted with
 */
export async function gatherFacts(
  context: Context,
  subject: Subject,
  names: ReadonlySet<keyof Facts>,
): Promise<Facts> {
  const found = new Map<string, Promise<unknown>>();
  const get: Probing['get'] = (name) => {
    const begun = (found.get(name) ?? probes[name]()) as ReturnType<(typeof probes)[typeof name]>;
    found.set(name, begun);
    return begun;
  };
  const probing = { context, subject, get };
  const probes: Probes<keyof Facts> = {
    ...systemProbes(probing),
    ...dockerProbes(probing),
    ...portProbes(probing),
    ...networkProbes(probing),
    ...installationProbes(probing),
  };
  const outcomes = await Promise.allSettled(
    [...names].map(async (name) => [name, await get(name)]),
  );
  const facts = outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  return Object.fromEntries(facts) as Facts;
}
