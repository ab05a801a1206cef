/** The stand-ins, by the names of their repositories (templates/release.yml, `repository`). */
export interface NodeService {
  /** Its source in ./services/, without the ending. */
  readonly program: 'http' | 'websocket' | 'bucket';
  readonly user: string;
}

// 10001: as in many images, a user that the host does not know. `bucket` owns its volume as root.
export const nodeServices = {
  platform: { program: 'http', user: '10001' },
  chatbot: { program: 'http', user: '10001' },
  'msgrouter-ws': { program: 'websocket', user: '10001' },
  bucket: { program: 'bucket', user: '0' },
} as const satisfies Record<string, NodeService>;

export type Repository = keyof typeof nodeServices | 'postgres';

export const repositories: readonly Repository[] = [
  ...(Object.keys(nodeServices) as (keyof typeof nodeServices)[]),
  'postgres',
];
