import type { Context } from '../../context.ts';
import type { UserError } from '../../errors.ts';
import type { Installation } from '../../installation/read-installation.ts';
import type { Credentials } from '../../registry/credentials.ts';
import type { TemplateSet } from '../../release/release.ts';
import type { Facts } from '../facts/facts.ts';

/** What the checks inspect: a host, and the installation if there is one. */
export interface Subject {
  readonly templates: TemplateSet;
  /** The path of the installation, existing or planned. */
  readonly place: string;
  readonly installation?: Installation;
  /** Why the installation cannot be opened, so that only the host is inspected. */
  readonly broken?: UserError;
  /** The content of the credentials file, if there is one. */
  readonly account?: {
    readonly region: string;
    readonly registry: string;
    readonly credentials: Credentials;
  };
}

/** What a probe can use: other facts, each gathered once. */
export interface Probing {
  readonly context: Context;
  readonly subject: Subject;
  readonly get: <K extends keyof Facts>(name: K) => Promise<Facts[K]>;
}

export type Probes<K extends keyof Facts> = { readonly [N in K]: () => Promise<Facts[N]> };

/** The current files of an installation, by path. */
export function currentTexts({ current }: Installation): Map<string, string> {
  return new Map([...current].map(([path, { text }]) => [path, text]));
}

/** @throws if a check that needs an installation runs without one */
export function insideOf({ installation }: Subject): Installation {
  if (installation === undefined) throw new Error('no installation to inspect');
  return installation;
}
