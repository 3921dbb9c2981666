// A moment as Kubernetes writes it in objects: RFC 3339 in UTC, to the second.

export function timestamp(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, 'Z');
}
