import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Attack, attacks } from './attacks.ts';
import { Scene } from './scene.ts';

/** A sample of what `npm run torture` does in full: the same points every day. */

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
}, 240_000);
afterAll(() => scene.close());

const seed = 1;

/** Behind the call that decides and before it. */
const limitOf = ({ name }: Attack) => (/^(crash|full)/.test(name) ? 2 : 1);

describe(`seed ${seed}`, () => {
  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    '%s finds nothing',
    async (_, attack) => {
      const bounds = {
        seed,
        from: 0,
        limit: limitOf(attack),
        until: Number.POSITIVE_INFINITY,
      };
      const { points, attacked, outcomes, faults } = await attack.run(scene, bounds);
      console.log(`${attack.name}: ${attacked} of ${points} points (${outcomes})`);
      expect(faults).toEqual([]);
      expect(attacked).toBe(bounds.limit);
    },
    240_000,
  );
});
