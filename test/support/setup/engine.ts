import { inject } from 'vitest';
// For the types of what is injected.
import type {} from '../engine/global-setup.ts';

process.env.DOCKER_HOST = inject('dockerHost');
process.env.DOCKER_CONFIG = inject('dockerConfig');
