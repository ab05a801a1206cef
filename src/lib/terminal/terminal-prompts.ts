/** What is used of clack. Named one by one, so that the bundler leaves the rest out. */
export { confirm, isCancel, password, select, text } from '@clack/prompts';
