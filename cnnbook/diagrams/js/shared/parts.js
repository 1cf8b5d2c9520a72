// How the parts of a diagram's script find each other.
//
// A page that is opened from disk loads no modules, and an output fetches nothing: so Python
// (base.py) writes a diagram's files one after the other into one script. Each file is one part:
// it names what it takes from the parts above it, and returns what it gives to those below it.
// Every output on a page brings the shared parts along; whoever comes first makes them.
"use strict";

globalThis.cnnbookDiagrams ??= {
  made: new Set(),

  part(name, make) {
    if (this.made.has(name)) return;
    this.made.add(name);
    Object.assign(this, make(this));
  },
};
