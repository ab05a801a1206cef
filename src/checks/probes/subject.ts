import type { Context } from '../../context.ts';
import type { Installation } from '../../installation/read-installation.ts';
import type { TemplateSet } from '../../release/release.ts';
import type { Facts } from '../facts/facts.ts';

/** What is looked at: a host, and an installation where there is one. */
export interface Subject {
  readonly templates: TemplateSet;
  /** Where the installation lies, or is to lie. */
  readonly place: string;
  readonly installation?: Installation;
  /** What the credentials file tells, where there is one. */
  readonly account?: { readonly region: string; readonly registry: string };
}

/** What a probe may go by: the others, each looked for once. */
export interface Probing {
  readonly context: Context;
  readonly subject: Subject;
  readonly get: <K extends keyof Facts>(name: K) => Promise<Facts[K]>;
}

export type Probes<K extends keyof Facts> = { readonly [N in K]: () => Promise<Facts[N]> };

/** The files of an installation as they are now, by path. */
export function currentTexts({ current }: Installation): Map<string, string> {
  return new Map([...current].map(([path, { text }]) => [path, text]));
}

/** @throws where a check that is for installations alone was run without one */
export function insideOf({ installation }: Subject): Installation {
  if (installation === undefined) throw new Error('no installation to look at');
  return installation;
}
