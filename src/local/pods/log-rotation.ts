// Keeps container logs from filling the disk: a log past its limit keeps one older file beside it.
import { copyFileSync, globSync, rmSync, statSync, truncateSync } from 'node:fs';

const limitBytes = 10 * 1024 * 1024;
const lookEveryMs = 5_000;

const keepMs = 24 * 3600 * 1000;

/** Pods of earlier runs have other names: their logs would pile up. */
function removeOldLogs(folder: string): void {
  for (const pod of globSync(`${folder}/*_*/`)) {
    if ((statSync(pod, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now() - keepMs) {
      rmSync(pod, { recursive: true, force: true });
    }
  }
}

/** Returns what ends it. Writers append, so that they go on at the new end; what they write during the copy may be lost. */
export function rotateLogs(folder: string): () => void {
  removeOldLogs(folder);
  const timer = setInterval(() => {
    for (const file of globSync([`${folder}/*.log`, `${folder}/*/*.log`])) rotate(file);
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function rotate(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= limitBytes) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
}
