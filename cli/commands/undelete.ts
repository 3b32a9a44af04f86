import type { Command } from '../command.ts';
import { oneOperand, parseObject } from '../operands.ts';
import { outputOption, whereOptions } from '../options.ts';
import { say } from '../terminal.ts';
import { count } from '../units.ts';
import { administer } from '../where.ts';

export const undelete: Command = {
  name: 'undelete',
  summary: 'Bring a deleted tag or manifest back, complete, with what went along with it',
  usage: 'REPO:TAG | REPO@DIGEST [OPTION…]',
  options: { ...whereOptions, ...outputOption },
  examples: [
    ['coppice undelete team-a/app:v1.2.3', 'a tag'],
    ['coppice undelete team-a/app@sha256:9f…', 'a manifest, its tags and its group'],
  ],
  async run(call) {
    const target = parseObject(oneOperand(call, 'REPO:TAG or REPO@DIGEST'));
    await administer(call, async (administration) => {
      const { signal, terminal } = call.world;
      const back = await administration.undelete(target, 'cli', signal);
      const tags = back.tags.length === 0 ? '' : ` with ${back.tags.join(', ')}`;
      const text = `${back.repository}@${back.digest} is back${tags} (${count(back.manifests, 'manifest')})`;
      say(terminal, call.output === 'json' ? JSON.stringify(back, undefined, 2) : text);
    });
    return 'ok';
  },
};
