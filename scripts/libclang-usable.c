/* Whether the library named by the argument is libclang, and can read a header that includes the compiler's
   own ones, as bindgen does when it builds pg_query. Its few declarations stand here, because the headers
   belong to the package that may be missing. */
#include <dlfcn.h>
#include <stdio.h>

typedef void *(*create_index)(int, int);
typedef void *(*parse)(void *, const char *, const char *const *, int, void *, unsigned, unsigned);
typedef unsigned (*count_diagnostics)(void *);

int main(int count, char **arguments) {
  if (count != 3) return 2;
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (!library) { fprintf(stderr, "%s\n", dlerror()); return 1; }
  create_index index = (create_index)dlsym(library, "clang_createIndex");
  parse translation_unit = (parse)dlsym(library, "clang_parseTranslationUnit");
  count_diagnostics diagnostics = (count_diagnostics)dlsym(library, "clang_getNumDiagnostics");
  if (!index || !translation_unit || !diagnostics) { fprintf(stderr, "%s is not libclang\n", arguments[1]); return 1; }
  void *unit = translation_unit(index(0, 1), arguments[2], 0, 0, 0, 0, 0);
  return unit && diagnostics(unit) == 0 ? 0 : 1;
}
