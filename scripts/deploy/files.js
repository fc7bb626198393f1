import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** The files of one production form: deploy/, docker-compose.yml and Dockerfile below a root folder. */
export class DeployFiles {
  /** @param {string} root */
  constructor(root) {
    this.root = root;
  }

  /** @returns {string[]} paths relative to the root, without Markdown */
  get all() {
    const inDeploy = globSync('deploy/**/*.*', { cwd: this.root }).filter((path) => !path.endsWith('.md'));
    return ['Dockerfile', 'docker-compose.yml', ...inDeploy.sort()];
  }

  /** @returns {string} */
  text(path) {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** The documents of a YAML file. @throws Error if it does not parse */
  documents(path) {
    return parseAllDocuments(this.text(path), { merge: true }).map((document) => {
      if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0].message}`);
      return document.toJS();
    });
  }

  get compose() {
    return parse(this.text('docker-compose.yml'), { merge: true });
  }

  /** The manifests of Kubernetes, each with its path. */
  get manifests() {
    return globSync('deploy/kubernetes/*/*.yaml', { cwd: this.root })
      .sort()
      .filter((path) => !['kustomization.yaml', 'frontends.yaml'].includes(basename(path)))
      .flatMap((path) => this.documents(path).map((resource) => ({ path, resource })));
  }

  /** The variables of an environment file. @returns {Record<string, string>} */
  environment(path) {
    const lines = this.text(path).match(/^\w+=.*$/gm) ?? [];
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }
}
