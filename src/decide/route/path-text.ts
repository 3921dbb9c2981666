// Parts of a request's path.

/** Without query and fragment. */
export function pathOnly(path: string): string {
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code === 63 || code === 35) return path.slice(0, at);
  }
  return path;
}

/** What route matchers see: path parameters (`;a=b`) left out of each segment where the configuration says so. */
export function matchedPath(path: string, ignoreParameters: boolean): string {
  const only = pathOnly(path);
  return ignoreParameters && only.includes(';') ? only.replace(/;[^/]*/g, '') : only;
}
