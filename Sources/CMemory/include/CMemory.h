// How glibc and the loader keep memory: what Swift's Glibc module leaves out. Sources/DeepVid/Run/FreeMemory.swift says what for.
#pragma once

// One arena for all threads, and blocks of `mapped` bytes and more mapped by themselves.
void dv_keep_together(int mapped);
// Gives free memory of all arenas back.
void dv_trim(void);
// Gives back what the program and its libraries have in memory of segments that nobody can write to.
void dv_release_program(void);
