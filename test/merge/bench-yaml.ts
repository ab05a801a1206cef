/**
 * How long a merge takes as a file grows: `npx tsx test/merge/bench-yaml.ts`. Ten times the
 * services should take about ten times as long. With more than 5000 aliases a file is not read at all.
 */

import { mergeText } from '../../src/merge/merge-text.ts';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import { unifiedDiff } from '../../src/merge/unified-diff.ts';

function composeFile(services: number, tag: string, memory: string): string {
  const all = Array.from(
    { length: services },
    (_, i) => `
  # ---- service ${i} ----
  service-${i}:
    <<: *common
    image: registry.example/proto/service-${i}:${tag}@sha256:${'0'.repeat(64)} # pinned
    ports:
      - "127.0.0.1:${8000 + i}:8080"
    environment:
      LOG_LEVEL: info
      INDEX: "${i}"
    deploy: {resources: {limits: {memory: ${memory}}}}
`,
  );
  return `x-common: &common\n  restart: always\nservices:${all.join('')}`;
}

/** Milliseconds of processor time: what else the machine does plays no part. */
function median(run: () => void): number {
  const times = Array.from({ length: 9 }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[4] ?? 0;
}

for (const services of [50, 500, 2500]) {
  const base = composeFile(services, '2026.10.0', '4g');
  const current = composeFile(services, '2026.10.0', '8g');
  const incoming = composeFile(services + 1, '2026.11.0', '4g');
  const options = { onConflict: 'ours' } as const;
  const yaml = median(() => {
    const result = mergeYaml(base, current, incoming, options);
    if (result.kind !== 'merged' || result.from !== 'both') throw new Error(result.kind);
  });
  const text = median(() => void mergeText(base, current, incoming, options));
  const diff = median(() => void unifiedDiff(base, incoming, { path: 'docker-compose.yml' }));
  console.log(
    `${services} services, ${(base.length / 1024).toFixed(0)} KiB:`,
    `mergeYaml ${yaml.toFixed(1)} ms, mergeText ${text.toFixed(1)} ms, unifiedDiff ${diff.toFixed(1)} ms`,
  );
}
