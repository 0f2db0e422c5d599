/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * directory_lock.h - a directory has one mediatord
 *
 * Every role inherits the locked file, so that the lock is free only when the
 * last of them is gone: a successor never meets them.  In the file stands the
 * supervisor's process number, and behind it "stopping" while it stops.
 */
#ifndef MEDIATOR_DIRECTORY_LOCK_H
#define MEDIATOR_DIRECTORY_LOCK_H

/* How long a predecessor may take, in milliseconds.  Roles whose supervisor
 * died have been told by the kernel, and need at most the net role's 3 s; one
 * that stops in good order needs what orderly_stop.h allows. */
#define DIRECTORY_LOCK_ORPHANS 4000
#define DIRECTORY_LOCK_PATIENCE 12000

/* Takes the lock, and waits for a predecessor that is about to end.  Roles
 * that outlive their supervisor by orphans_ms are killed.  Returns the file's
 * descriptor; -1, with a message, when another mediatord is at work there, or
 * when something of it still holds the lock after patience_ms. */
int directory_lock_take(const char *directory, unsigned int orphans_ms,
                        unsigned int patience_ms);

/* Says that this mediatord stops: another one may wait for the lock. */
void directory_lock_resign(int fd);

/* Gives the lock away although a process still has the file: one that was
 * killed and never runs again. */
void directory_lock_abandon(int fd);

#endif
