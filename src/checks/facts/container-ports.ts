/**
 * Whose containers hold which ports, by what `dockerPublished` prints: `proto-1a2b\t127.0.0.1:8080->8080/tcp, …`.
 * @returns Compose projects by port; empty for a container of none
 */
export function portsOfProjects(text: string): Map<number, string> {
  const projects = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [project = '', ports = ''] = line.split('\t');
    for (const [, first = '', last = first] of ports.matchAll(/:(\d+)(?:-(\d+))?->/g)) {
      for (let port = Number(first); port <= Number(last); port++) projects.set(port, project);
    }
  }
  return projects;
}
