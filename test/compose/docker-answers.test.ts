import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  parseComposeModel,
  parseContainers,
  parseImages,
  parseMemory,
  parseNames,
  parseSize,
  parseVolumeSizes,
} from '../../src/compose/docker-answers.ts';

/** The fixtures were recorded from Docker Engine 26.1 with Compose 2.26. */
const recorded = (name: string) =>
  readFileSync(fileURLToPath(new URL(`fixtures/docker/${name}`, import.meta.url)), 'utf8');
const containers = JSON.parse(recorded('container-inspect.json'));

describe("docker's answers", () => {
  it('tell of containers: service, state, health, ports', () => {
    expect(parseContainers(recorded('container-inspect.json'))).toEqual([
      {
        id: containers[0].Id,
        name: 'proto-1a2b3c-bucket-1',
        service: 'bucket',
        project: 'proto-1a2b3c',
        image: 'sha256:498f0cb37a9b24d87d68045402d4fab4445f8b6cbaec51f4581d47f2392d7e5f',
        state: 'running',
        health: 'healthy',
        exitCode: 0,
        outOfMemory: false,
        restarts: 0,
        restartsByItself: true,
        startedAt: '2026-11-26T13:59:22.248454708Z',
        createdAt: containers[0].Created,
        volumes: [{ name: 'proto-1a2b3c_bucket-data', target: '/data' }],
        files: expect.arrayContaining([
          expect.objectContaining({ source: expect.stringContaining('/config/') }),
        ]),
        ports: [],
        workingDir: expect.any(String),
        configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        composeFiles: [expect.stringMatching(/\.ya?ml$/)],
      },
      expect.objectContaining({
        service: 'chatbot',
        ports: [{ address: '127.0.0.1', port: 8081, containerPort: '8080/tcp' }],
      }),
    ]);
  });

  it('leave out what `docker compose run` made, and know a container without a health check', () => {
    const [bucket, chatbot] = structuredClone(containers);
    bucket.Config.Labels['com.docker.compose.oneoff'] = 'True';
    delete chatbot.State.Health;
    const found = parseContainers(JSON.stringify([bucket, chatbot]));
    expect(found.map(({ service, health }) => [service, health])).toEqual([
      ['chatbot', 'no check'],
    ]);
    chatbot.State.Health = { Status: 'none' };
    expect(parseContainers(JSON.stringify([chatbot]))[0]?.health).toBe('no check');
  });

  it('tell of memory by the id of the container', () => {
    const memory = parseMemory(recorded('stats.jsonl'));
    expect(memory.size).toBe(5);
    expect(memory.get(containers[0].Id)).toEqual({ bytes: 7733248, limit: 2147483648 });
    const gone = '{"ID":"x","MemUsage":"-- / --"}\n{"ID":"y","MemUsage":"0B / 0B"}';
    expect(parseMemory(gone).size).toBe(0);
    expect(parseMemory('').size).toBe(0);
  });

  it('tell of the size of volumes', () => {
    expect(parseVolumeSizes(recorded('system-df.json'))).toEqual(
      new Map([
        ['proto-1a2b3c_postgres-data', 47_440_000],
        ['proto-1a2b3c_bucket-data', 0],
      ]),
    );
    expect(parseVolumeSizes('{"Volumes":[{"Name":"a","Size":"N/A"}]}').size).toBe(0);
    expect(parseVolumeSizes('{"Volumes":null}').size).toBe(0);
  });

  it('are a line each, or one array, as versions of Compose differ', () => {
    expect(parseNames('{"Name":"b","x":1}\n{"Name":"a"}\n')).toEqual(['a', 'b']);
    expect(parseNames('[{"Name":"b"},{"Name":"a"}]')).toEqual(['a', 'b']);
    expect(parseNames('')).toEqual([]);
  });

  it("tell of Compose's own reading of the files", () => {
    const text = JSON.stringify({
      name: 'proto-1a2b3c',
      services: {
        a: { image: 'r/a:1@sha256:x', volumes: [{ type: 'volume', source: 'd', target: '/d' }] },
        b: {
          image: 'b',
          build: { context: '.' },
          volumes: [{ type: 'bind', source: '/b', target: '/b' }],
        },
      },
      volumes: { d: { name: 'other', external: true } },
    });
    expect(parseComposeModel(text)).toEqual({
      project: 'proto-1a2b3c',
      services: [{ service: 'a', image: 'r/a:1@sha256:x' }, { service: 'b' }],
      volumes: [
        {
          key: 'd',
          name: 'other',
          service: 'a',
          target: '/d',
          special: true,
          labels: {},
        },
      ],
      writable: [{ service: 'b', path: '/b' }],
    });
    expect(parseComposeModel('{"name":"x"}').services).toEqual([]);
  });

  it('tell of images', () => {
    const text = '[{"Id":"sha256:1","RepoDigests":["r/a@sha256:2"],"Size":3},{"Id":"sha256:4"}]';
    expect(parseImages(text)).toEqual([
      { id: 'sha256:1', digests: ['r/a@sha256:2'], bytes: 3 },
      { id: 'sha256:4', digests: [], bytes: 0 },
    ]);
  });

  it.each([
    ['47.44MB', 47_440_000],
    ['7.375MiB', 7_733_248],
    ['2GiB', 2_147_483_648],
    ['1.18kB', 1180],
    ['0B', 0],
    ['1.2TB', 1_200_000_000_000],
    ['N/A', undefined],
    ['--', undefined],
    ['', undefined],
  ])('say %j for %s bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});
