/** The parts of clack in use. Named exports let the bundler drop the rest. */
export { confirm, isCancel, password, select, text } from '@clack/prompts';
