Feature: Login permissions and login binding

  Scenario: A workspace shows only its own accounts
    Given "Olivia Ortega" has connected "ana.makes" in the workspace "acme"
    And "Victor Vance" has connected "ben.private" in the workspace "beta"
    When I am logged in as "Olivia Ortega"
    Then the workspace "acme" shows only the account "ana.makes"
    And the workspace "beta" shows only the account "ben.private"
    And a metrics request in "acme" for the account of "beta" returns 404

  Scenario: A viewer cannot connect an account
    Given I am logged in as "Victor Vance"
    And I am on the workspace settings page
    Then no link lets me connect
    And a connect request returns 403 and names my role "viewer"

  Scenario: A callback is rejected after the user loses permission
    Given I am logged in as "Olivia Ortega"
    And I have consented on the TikTok page and the callback is not opened yet
    When my role becomes "VIEWER"
    And I open the callback
    Then I see the error "You do not have permission to connect accounts in this workspace" on the accounts page
    And no account should be created

  Scenario: A replayed callback is rejected
    Given I am logged in as "Olivia Ortega"
    And I have consented on the TikTok page and the callback is not opened yet
    And my cookies are kept
    When I open the callback
    Then my TikTok account should be connected
    When I open the callback again with the kept cookies
    Then I should see an error message
    And the stored tokens are unchanged

  Scenario Outline: A callback in another browser is rejected for <person>
    Given I am logged in as "Olivia Ortega"
    And I have consented on the TikTok page and the callback is not opened yet
    When "<person>" opens the callback in another browser
    Then that browser shows the error "not started in this browser"
    And no account should be created

    Examples:
      | person        |
      | Olivia Ortega |
      | Victor Vance  |

  Scenario: A callback with another state is rejected
    Given I am logged in as "Olivia Ortega"
    And I have consented on the TikTok page and the callback is not opened yet
    When I open the callback with another state
    Then I should see an error message
    And no account should be created

  Scenario: A callback is rejected after another user signs in
    Given I am logged in as "Olivia Ortega"
    And I have consented on the TikTok page and the callback is not opened yet
    When I sign out and "Victor Vance" signs in
    And I open the callback
    Then I see the error "Another user started this login" on the accounts page
    And no account should be created

  Scenario: Two tabs connect two accounts at once
    Given I am logged in as "Olivia Ortega"
    When I go to TikTok in two tabs
    And I consent in the first tab as "ana.makes"
    And I consent in the second tab as "ben.private"
    Then both accounts are connected

  Scenario: The back button does not connect twice
    Given I am logged in as "Olivia Ortega"
    And I initiate TikTok connection
    And I consent as "ana.makes"
    When I go back to TikTok's page and consent as "ben.private"
    Then I should see an error message
    And only "ana.makes" is connected

  Scenario: A callback without a session leads to the sign-in page
    When I open a callback
    Then I am asked to sign in
    And the routes return 401

  Scenario: A link on another site starts no login
    Given I am logged in as "Olivia Ortega"
    When I follow a link to the connect route from another site
    Then that request returns 403

  Scenario: A form on another site disconnects nothing
    Given I have a connected TikTok account
    When another origin asks to disconnect it
    Then that request returns 403
    And my TikTok account should be connected
