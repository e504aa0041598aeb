// The first line of every command: an old Node would fail later, with a riddle instead of a sentence.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  console.error(
    `Clinic Rapport needs Node 22.17 or later; this is ${process.versions.node}. ` +
      "Run it by npm ('npm start'), which uses the Node 24 of this package's dependencies, or install Node 24.",
  );
  process.exit(1);
}
