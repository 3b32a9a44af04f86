import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonBlob, layerOf, writeLayout } from '../../image/layout.ts';
import { toolPath } from '../../tools/cache.ts';
import { images } from './settings.ts';

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

/** Writes the one image that is there before any is pulled: a static busybox, which also holds the namespaces of each pod. */
export async function writeBusyboxImage(folder: string, signal: AbortSignal): Promise<string> {
  const source = toolPath('busybox');
  const { size: sizeBytes } = await stat(source);
  const layer = await layerOf(
    'busybox',
    [
      { path: 'bin/busybox', mode: 0o755, kind: 'file', source, sizeBytes },
      { path: 'tmp', mode: 0o1777, kind: 'directory' },
    ],
    folder,
    signal,
  );
  const config = jsonBlob({
    ...platform,
    config: { Entrypoint: ['/bin/busybox'], Cmd: ['sleep', 'infinity'], Env: ['PATH=/bin'], User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  });
  const file = join(folder, 'busybox.tar');
  await writeLayout({ name: images.busybox, config, layers: [layer], annotations: {}, platform }, file, signal);
  return file;
}
