// `npm run peers`: fetches the pinned real peers that Heddle runs with and is compared to. Today that is Envoy.
import { ensureEnvoy, envoyVersion } from './envoy-peer.ts';

try {
  const path = ensureEnvoy((line) => console.log(line));
  console.log(`Envoy ${envoyVersion}: ${path}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
