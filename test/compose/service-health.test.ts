import { describe, expect, it } from 'vitest';
import type { ServiceContainer } from '../../src/compose/docker-answers.ts';
import { allReady, plainLog, serviceStates, stateLines } from '../../src/compose/service-health.ts';

const container = (change: Partial<ServiceContainer> = {}): ServiceContainer => ({
  id: 'c1',
  name: 'proto-chatbot-1',
  service: 'chatbot',
  project: 'proto-1a2b3c',
  image: 'sha256:1',
  state: 'running',
  health: 'healthy',
  exitCode: 0,
  outOfMemory: false,
  restarts: 0,
  restartsByItself: true,
  startedAt: '2026-11-26T13:59:22Z',
  createdAt: '2026-11-26T13:59:20Z',
  volumes: [],
  files: [],
  ports: [],
  configHash: '',
  composeFiles: [],
  ...change,
});

const one = (
  change: Partial<ServiceContainer>,
  before = new Map<string, number>(),
  starting = false,
) => {
  const [state] = serviceStates(['chatbot'], [container(change)], before, starting);
  return `${state?.standing}: ${state?.state}`;
};

describe('how a service stands', () => {
  it.each([
    [{}, 'ready: healthy'],
    [{ health: 'no check' }, 'ready: running'],
    [{ health: 'starting' }, 'waiting: starting'],
    [{ health: 'unhealthy' }, 'failed: unhealthy'],
    [{ state: 'restarting', exitCode: 1 }, 'waiting: restarting: exited with 1'],
    [{ state: 'created' }, 'waiting: not started'],
    [{ state: 'paused' }, 'failed: paused'],
    [{ state: 'exited', exitCode: 137, outOfMemory: true }, 'failed: out of memory'],
    [{ state: 'exited', exitCode: 0 }, 'failed: exited with 0'],
    [{ state: 'exited', exitCode: 0, restartsByItself: false }, 'ready: done'],
    [{ state: 'exited', exitCode: 2, restartsByItself: false }, 'failed: exited with 2'],
    [{ state: 'dead', exitCode: 1 }, 'failed: exited with 1'],
  ] as const)('%j is %s', (change, expected) => {
    expect(one(change)).toBe(expected);
  });

  it('has failed once it crashed five times since it was first looked at', () => {
    const crashing = { state: 'restarting', restarts: 14, exitCode: 3 };
    expect(one(crashing, new Map([['c1', 10]]))).toBe('waiting: restarting: exited with 3');
    expect(one(crashing, new Map([['c1', 9]]))).toBe('failed: keeps crashing: exited with 3');
    const between = { ...crashing, state: 'running', health: 'starting' } as const;
    expect(one(between, new Map([['c1', 9]]))).toBe('failed: keeps crashing: exited with 3');
  });

  it('has not failed while Compose has not come to it', () => {
    expect(one({ state: 'exited', exitCode: 1 }, new Map(), true)).toBe('waiting: waiting');
    expect(serviceStates(['a'], [], new Map(), true)[0]?.state).toBe('waiting');
    expect(serviceStates(['a'], [])[0]).toMatchObject({ standing: 'absent', state: 'not running' });
  });

  it('is that of the container which is worst off', () => {
    const containers = [container(), container({ id: 'c2', health: 'starting' })];
    expect(serviceStates(['chatbot'], containers)[0]?.state).toBe('starting');
    const failed = [...containers, container({ id: 'c3', health: 'unhealthy' })];
    expect(serviceStates(['chatbot'], failed)[0]?.state).toBe('unhealthy');
  });

  it('is ready for all only where it is for each', () => {
    expect(allReady(serviceStates(['chatbot'], [container()]))).toBe(true);
    expect(allReady(serviceStates(['chatbot', 'platform'], [container()]))).toBe(false);
  });

  it('is a line for each service', () => {
    expect(stateLines(serviceStates(['chatbot', 'a'], [container()]))).toEqual([
      '  chatbot  healthy',
      '  a        not running',
    ]);
  });
});

describe('the end of a log', () => {
  it('is without what moves a cursor or colours', () => {
    expect(plainLog('\u001b[2K\u001b[31mred\u001b[0m\r\n\u001b[2Ktwo\n\n')).toEqual(['red', 'two']);
    expect(plainLog('\u001b[2K\n')).toEqual([]);
  });
});
