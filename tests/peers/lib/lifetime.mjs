// A peer lives as long as the process that started it: when that one ends, however it ends, our standard input closes.
export function endWithParent() {
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
}
