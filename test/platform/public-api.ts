import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');

/** The doors of the package and the files behind them. */
export const doors = {
  'clinic-rapport': 'api/index.ts',
  'clinic-rapport/schema': 'schema/index.ts',
  'clinic-rapport/plugins/membership': 'plugins/membership/index.ts',
  'clinic-rapport/plugins/recall': 'plugins/recall/index.ts',
  'clinic-rapport/plugins/referrals': 'plugins/referrals/index.ts',
  'clinic-rapport/testing': 'test/harness/index.ts',
} as const;

/** What the doors export, as their `.d.ts` files declare it: by name, without comments and private members. */
export function publicApi(): string {
  const files = Object.values(doors).map(file => path.join(root, file));
  const program = ts.createProgram(files, {
    ...compilerOptions(),
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
  });
  const declarations = new Map<string, ts.SourceFile>();
  program.emit(
    undefined,
    (name, text, _, __, sources) => {
      const source = sources?.[0];
      if (source) declarations.set(source.fileName, ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true));
    },
    undefined,
    true,
  );
  const sections = Object.entries(doors).map(([door, file]) => {
    const exported = exportsOf(program, path.join(root, file));
    const texts = exported.flatMap(symbol => declarationOf(symbol, declarations));
    return [`# ${door}`, ...texts.sort()].join('\n\n');
  });
  return sections.join('\n\n\n') + '\n';
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return { ...options, incremental: false, tsBuildInfoFile: undefined, sourceMap: false };
}

function exportsOf(program: ts.Program, file: string): ts.Symbol[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  return checker
    .getExportsOfModule(module)
    .map(symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));
}

/** The text of each declaration of a symbol; a type and a value of one name are two. */
function declarationOf(symbol: ts.Symbol, files: ReadonlyMap<string, ts.SourceFile>): string[] {
  const sources = new Set(symbol.declarations?.map(declaration => declaration.getSourceFile().fileName));
  return [...sources].flatMap(source => {
    const file = files.get(source);
    if (!file) return [`// ${symbol.name} of ${path.relative(root, source).replace(/^.*node_modules\//, '')}`];
    return file.statements
      .filter(statement => namesOf(statement).includes(symbol.name))
      .map(statement => print(statement, file));
  });
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isExportAssignment(statement)) return ['default'];
  const { name } = statement as ts.Statement & { name?: ts.Identifier };
  return name ? [name.text] : [];
}

const printer = ts.createPrinter({ removeComments: true });

const print = (statement: ts.Statement, file: ts.SourceFile): string =>
  printer
    .printNode(ts.EmitHint.Unspecified, statement, file)
    .split('\n')
    .filter(line => !/^\s*(#private;|private )/.test(line))
    .join('\n');
