import { describe, expect, test } from 'vitest';

import { refusalFor } from '../../../local/obtain/system-packages.ts';

describe('Missing system packages', () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
  const ubuntu = 'ID=ubuntu\nID_LIKE=debian\n';
  const mint = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n';
  const fedora = 'ID=fedora\nPRETTY_NAME="Not Debian"\n';

  test.each([debian, ubuntu, mint])('are installed where root has apt (%j)', (osRelease) => {
    expect(refusalFor(['nftables'], { osRelease, root: true })).toBeUndefined();
  });

  test('are a command to run where apt needs another user', () => {
    expect(refusalFor(['gcc', 'nftables'], { osRelease: debian, root: false })).toBe(
      'these system packages are missing: run "apt-get install gcc nftables" as root, then this again',
    );
  });

  test.each([fedora, ''])('are named in one line elsewhere (%j)', (osRelease) => {
    expect(refusalFor(['gcc', 'nftables'], { osRelease, root: true })).toBe(
      'these system packages are missing (Debian names): gcc nftables; install them and run this again',
    );
  });
});
