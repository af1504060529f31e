// What a host starts for an unpacked extension and the values that a person typed.
import { readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { getMcpConfigForManifest } from '@anthropic-ai/mcpb/node';

const { folder, values } = JSON.parse(readFileSync(0, 'utf8'));
const config = await getMcpConfigForManifest({
  manifest: JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')),
  extensionPath: folder,
  systemDirs: {},
  userConfig: values,
  pathSeparator: sep,
});
process.stdout.write(JSON.stringify(config ?? null));
