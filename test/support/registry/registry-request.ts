import type { IncomingMessage } from 'node:http';
import type { RegistryState } from './state.ts';
import type { Repository } from './store.ts';

/** A request to a repository that its key may make. */
export interface RepositoryRequest {
  readonly state: RegistryState;
  readonly repository: Repository;
  /** Tag, digest or upload id, as the route has it. */
  readonly reference: string;
  readonly request: IncomingMessage;
  readonly url: URL;
}
