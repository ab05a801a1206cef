// The changes of a release to files of the project, as functions from text to text.

/** Whether a version (MAJOR.MINOR.PATCH) is newer than another. */
export function isNewer(version, other) {
  const [ours, theirs] = [version, other].map((each) => each.split('.').map(Number));
  const at = ours.findIndex((number, index) => number !== theirs[index]);
  return at >= 0 && ours[at] > theirs[at];
}

/**
 * The new content of a file for this version.
 * @param date YYYY-MM-DD, for the change log (https://keepachangelog.com/en/1.1.0/)
 * @throws Error if the section Unreleased is empty
 */
export function withVersion(name, text, version, date) {
  if (name === 'CHANGELOG.md') {
    if (changelogFor('Unreleased', text).trim() === '') {
      throw new Error('The section Unreleased in CHANGELOG.md is empty.');
    }
    return text.replace('## Unreleased\n', `## Unreleased\n\n## ${version} - ${date}\n`);
  }
  const document = JSON.parse(text);
  document.version = version;
  if (document.packages) document.packages[''].version = version;
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The section of one version in the change log: the text below its heading. */
export function changelogFor(version, text) {
  const sections = text.split(/^## /m).slice(1);
  const section = sections.find((each) => each.split(/[\s]/)[0] === version) ?? '';
  return `${section.split('\n').slice(1).join('\n').trim()}\n`;
}
